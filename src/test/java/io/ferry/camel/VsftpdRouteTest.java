package io.ferry.camel;

import io.ferry.testkit.Vsftpd;
import io.ferry.testkit.TestServer;

class VsftpdRouteTest extends RouteContract {
    @Override
    TestServer start() {
        return Vsftpd.start();
    }
}
