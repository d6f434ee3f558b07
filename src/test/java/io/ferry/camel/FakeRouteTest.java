package io.ferry.camel;

import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.TestServer;

class FakeRouteTest extends RouteContract {
    @Override
    TestServer start() {
        return FakeFtp.start();
    }

    @Override
    void checkLeaks() {
        FakeFtp.assertNoLeaksSince(leaks);
    }
}
