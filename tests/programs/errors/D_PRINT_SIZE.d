/* Of a void nothing can be shown.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { print((void *)1); }
