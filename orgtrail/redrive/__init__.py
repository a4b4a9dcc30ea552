"""Dead letters: why EventBridge could not hand them over, and back onto their streams."""
