package io.ferry.camel;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.TestServer;

class ApacheRouteTest extends RouteContract {
    @Override
    TestServer start() {
        return ApacheFtp.start();
    }
}
