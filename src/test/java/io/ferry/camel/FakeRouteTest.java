package io.ferry.camel;

import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.TestServer;

class FakeRouteTest extends RouteContract {
    @Override
    TestServer start() {
        return FakeFtp.start();
    }

    /** It counts the characters of a listing and sends so many bytes, so the end of such a one is missing. */
    @Override
    boolean listsAllNames() {
        return false;
    }

    @Override
    void checkLeaks() {
        FakeFtp.assertNoLeaksSince(leaks);
    }
}
