/*
 * A variable is set before it is read.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { this->other = 1; trace(this->othre); exit(0); }
