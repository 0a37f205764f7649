/*
 * Of the kernel's arrays, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(curthread->comm[16]); exit(0); }
