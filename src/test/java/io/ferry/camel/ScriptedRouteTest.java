package io.ferry.camel;

import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;

class ScriptedRouteTest extends RouteContract {
    @Override
    TestServer start() {
        return ScriptedServer.onDirectory();
    }
}
