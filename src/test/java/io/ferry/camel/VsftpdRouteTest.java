package io.ferry.camel;

import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;

class VsftpdRouteTest extends RouteContract {
    @Override
    TestServer start() {
        return Vsftpd.start();
    }
}
