/* Two widths.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%**d", 1, 2, 3); }
