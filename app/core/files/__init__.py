"""This package keeps attachments and makes pictures, previews and archives safe."""
