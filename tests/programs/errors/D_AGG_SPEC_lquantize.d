/* lquantize behind speculate.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { speculate(1); @ = lquantize(1, 0, 10, 1); }
