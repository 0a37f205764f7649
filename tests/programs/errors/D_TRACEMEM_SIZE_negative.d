/* Less than none.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { tracemem((char *)8, -8); }
