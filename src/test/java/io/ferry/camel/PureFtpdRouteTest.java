package io.ferry.camel;

import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;

class PureFtpdRouteTest extends RouteContract {
    @Override
    TestServer start() {
        return PureFtpd.start();
    }
}
