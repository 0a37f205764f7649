/* One too few.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%d %d", 1); }
