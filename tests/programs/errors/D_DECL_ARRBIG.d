/*
 * And be of 32 bits.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[0x100000000];
BEGIN { exit(0); }
