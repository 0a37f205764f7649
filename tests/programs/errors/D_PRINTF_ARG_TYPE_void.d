/* Nor is a void.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%d", (void)0); }
