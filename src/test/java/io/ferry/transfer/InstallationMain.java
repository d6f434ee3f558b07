package io.ferry.transfer;

import java.nio.file.Path;

/** Another process on a work directory: says its id and stays. */
public final class InstallationMain {

    private InstallationMain() {}

    public static void main(String[] directory) throws Exception {
        System.out.println("id " + Installation.of(Path.of(directory[0])).id());
        Thread.currentThread().join();
    }
}
