/* Only the last argument must be named.
 * @args: -q
 * @operands: 5 6 7
 */
BEGIN { printf("%d\n", $3); exit(0); }
