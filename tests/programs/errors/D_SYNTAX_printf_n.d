/* Nothing is counted.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%d%n", 1, 2); }
