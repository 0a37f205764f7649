/* copyoutstr takes a string.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { copyoutstr(1, 2, 3); }
