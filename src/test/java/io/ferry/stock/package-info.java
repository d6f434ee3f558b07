/**
 * Stock camel-ftp beside Ferry: each test of a pair runs the same route text against the same server with the same fault, and
 * only the scheme differs. The stock half asserts the bad outcome, so that it tells when stock gets better.
 */
package io.ferry.stock;
