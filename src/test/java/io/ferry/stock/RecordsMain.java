package io.ferry.stock;

import io.ferry.camel.DeliveryRepository;
import java.io.File;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.support.processor.idempotent.FileIdempotentRepository;

/** Takes keys out of a file of records and puts others in, one after the other, in a process of its own. */
public final class RecordsMain {

    private RecordsMain() {}

    /** The key with this number; all are of one length. */
    static String key(int number) {
        return "/outbound/file-%06d".formatted(number);
    }

    static IdempotentRepository open(SideBySide.Scheme scheme, File file) {
        if (scheme == SideBySide.Scheme.STOCK) {
            IdempotentRepository stock = FileIdempotentRepository.fileIdempotentRepository(file);
            stock.start();
            return stock;
        }
        DeliveryRepository own = new DeliveryRepository();
        own.setFile(file.getPath());
        own.start();
        return own;
    }

    /** Arguments: the scheme, the file. */
    public static void main(String[] arguments) {
        IdempotentRepository records = open(SideBySide.Scheme.valueOf(arguments[0]), new File(arguments[1]));
        int next = 0;
        while (!records.contains(key(next))) {
            next++;
        }
        for (; records.contains(key(next)); next++) {
            System.out.println("removing " + next);
            records.remove(key(next));
            records.add("/outbound/other-" + next);
        }
        System.out.println("all removed");
    }
}
