"""Attachments: where they are kept, pictures, previews and archives."""
