/* A negative size.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { alloca(-1); }
