/*
 * A product is of numbers.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(2 * "a"); exit(0); }
