/* copyoutstr behind speculate.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { speculate(1); copyoutstr("x", 1, 1); }
