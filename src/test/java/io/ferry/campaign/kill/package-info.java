/** SIGKILL for a real Ferry process, at every point of a file's way, and another process that takes over. */
package io.ferry.campaign.kill;
