/* raise behind speculate.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { speculate(1); raise(1); }
