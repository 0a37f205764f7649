/* The size of the record is fixed.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { n = 8; tracemem((char *)8, n); }
