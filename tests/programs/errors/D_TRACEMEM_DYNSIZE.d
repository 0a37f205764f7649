/* The number of bytes shown is a number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { tracemem((char *)8, 8, "4"); }
