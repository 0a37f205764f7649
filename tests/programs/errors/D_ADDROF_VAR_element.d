/*
 * Nor has an element.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { a[1] = 2; trace(&a[1]); exit(0); }
