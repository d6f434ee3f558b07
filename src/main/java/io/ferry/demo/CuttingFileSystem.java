package io.ferry.demo;

import java.io.File;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ftpserver.filesystem.nativefs.impl.NativeFileSystemView;
import org.apache.ftpserver.filesystem.nativefs.impl.NativeFtpFile;
import org.apache.ftpserver.ftplet.FileSystemFactory;
import org.apache.ftpserver.ftplet.FileSystemView;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.ftplet.User;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native file system, where the first file to pass a mark is cut off there, once in each direction. FtpServer takes the
 * {@link SocketException} for one of the data connection: it closes the socket with bytes still under way and answers 426, which
 * is what a client sees of a line that breaks.
 */
final class CuttingFileSystem implements FileSystemFactory {

    private static final Logger LOG = LoggerFactory.getLogger(CuttingFileSystem.class);

    private final long mark;
    private final AtomicBoolean downloadCut = new AtomicBoolean();
    private final AtomicBoolean uploadCut = new AtomicBoolean();

    CuttingFileSystem(long mark) {
        this.mark = mark;
    }

    @Override
    public FileSystemView createFileSystemView(User user) throws FtpException {
        return new NativeFileSystemView(user, false) {
            @Override
            public NativeFtpFile getFile(String name) {
                NativeFtpFile file = (NativeFtpFile) super.getFile(name);
                return new CuttableFile(file.getAbsolutePath(), file.getPhysicalFile(), user);
            }
        };
    }

    private final class CuttableFile extends NativeFtpFile {

        CuttableFile(String name, File file, User user) {
            super(name, file, user);
        }

        @Override
        public InputStream createInputStream(long offset) throws IOException {
            return new CuttableInput(super.createInputStream(offset), new Cut(this, offset, downloadCut));
        }

        @Override
        public OutputStream createOutputStream(long offset) throws IOException {
            return new CuttableOutput(super.createOutputStream(offset), new Cut(this, offset, uploadCut));
        }
    }

    /** Where a stream stands, and whether this is the place to cut. */
    private final class Cut {

        private final String name;
        private final AtomicBoolean spent;
        private long position;
        private boolean broken;

        Cut(NativeFtpFile file, long offset, AtomicBoolean spent) {
            this.name = file.getName();
            this.position = offset;
            this.spent = spent;
        }

        void advance(int count) throws SocketException {
            boolean passes = position < mark && position + count >= mark;
            if (broken || (passes && spent.compareAndSet(false, true))) {
                if (!broken) {
                    LOG.info(
                            "demo: the server now cuts the line of {} at byte {}",
                            name,
                            String.format(Locale.ROOT, "%,d", position));
                }
                broken = true;
                throw new SocketException("cut by the demo");
            }
            position += count;
        }
    }

    private static final class CuttableInput extends FilterInputStream {

        private final Cut cut;

        CuttableInput(InputStream in, Cut cut) {
            super(in);
            this.cut = cut;
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            if (value >= 0) {
                cut.advance(1);
            }
            return value;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int count = super.read(bytes, from, length);
            if (count > 0) {
                cut.advance(count);
            }
            return count;
        }
    }

    private static final class CuttableOutput extends FilterOutputStream {

        private final Cut cut;

        CuttableOutput(OutputStream out, Cut cut) {
            super(out);
            this.cut = cut;
        }

        @Override
        public void write(int value) throws IOException {
            cut.advance(1);
            out.write(value);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            cut.advance(length);
            out.write(bytes, from, length);
        }
    }
}
