/* The reference keeps this name for itself.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { freopen("."); }
