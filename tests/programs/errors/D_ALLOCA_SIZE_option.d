/* The option says how much there is.
 * @args: -x errtags -x scratchsize=64
 * @status: 1
 */
BEGIN { alloca(64); alloca(65); }
