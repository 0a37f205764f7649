/* print takes a pointer.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { print(1); }
