/* No buffer holds that: found by random programs.
 * @args: -x errtags
 * @status: 1 */
BEGIN { tracemem(alloca(20), 2147483649); }
