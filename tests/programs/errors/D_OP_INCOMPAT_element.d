/*
 * In an element, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { a[1] = 1; a[2] = "a"; exit(0); }
