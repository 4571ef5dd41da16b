"""Publishing one file: to a place behind an address, or as a commit on a branch whose files a server shows as pages."""
