/* An empty command.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { system(""); }
