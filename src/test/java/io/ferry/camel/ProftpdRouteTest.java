package io.ferry.camel;

import io.ferry.testkit.Proftpd;
import io.ferry.testkit.TestServer;

class ProftpdRouteTest extends RouteContract {
    @Override
    TestServer start() {
        return Proftpd.start();
    }
}
