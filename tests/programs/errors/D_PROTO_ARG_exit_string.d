/* It is a number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { exit("0"); }
