/* A time has 64 bits.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%Y", 1); }
