package io.ferry.transfer;

import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;

class ScriptedTransferTest extends PlainTransferContract {
    @Override
    TestServer start() {
        return ScriptedServer.onDirectory();
    }
}
