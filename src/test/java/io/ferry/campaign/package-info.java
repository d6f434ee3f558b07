/** Random fault plans, seeded: Ferry's routes against each server, with a proxy between them that breaks things. */
package io.ferry.campaign;
