"""The caller's end of the line, one file a medium. How a call is accepted is the features' business."""
