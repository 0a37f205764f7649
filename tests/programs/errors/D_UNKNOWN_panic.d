/* Not to be had.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { panic(); }
