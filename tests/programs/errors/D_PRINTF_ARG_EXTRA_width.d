/* A width in the format takes no argument.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%5d", 5, 2); }
