/* No arguments.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { ftruncate(1); }
