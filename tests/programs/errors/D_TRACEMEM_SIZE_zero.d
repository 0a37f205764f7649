/* No bytes at all.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { tracemem(alloca(8), 0); }
