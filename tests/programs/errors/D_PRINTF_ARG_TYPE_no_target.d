/* Whose address would it be?
 * @engines: kernel
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%A", 1); }
