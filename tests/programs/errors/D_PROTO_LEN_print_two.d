/* One of them.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { print((int *)1, (int *)2); }
