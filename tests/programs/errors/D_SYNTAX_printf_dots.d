/* Two precisions.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%.1.2d", 1); }
