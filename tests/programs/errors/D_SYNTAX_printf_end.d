/* The format ends in the middle.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("50%"); }
