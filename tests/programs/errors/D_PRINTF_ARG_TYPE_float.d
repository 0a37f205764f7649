/* No number is a float.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%f", 1); }
