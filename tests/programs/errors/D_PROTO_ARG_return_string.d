/* A return value is a number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { return("x"); }
