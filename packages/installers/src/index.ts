// Web servers and other programs that certificates go to. A folder each; checkpoint/ is what they share.
